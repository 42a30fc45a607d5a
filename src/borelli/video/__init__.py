"""Decoding and encoding of video: true timestamps, displayed orientation, streaming."""

from borelli.video.reader import Frame as Frame
from borelli.video.reader import VideoInfo as VideoInfo
from borelli.video.reader import frames as frames
from borelli.video.reader import probe as probe
from borelli.video.writer import write_video as write_video
