"""From one video to a million: the function that makes one result, mapped over many inputs."""

from borelli.batch.config import BatchConfig as BatchConfig
from borelli.batch.item import Item as Item
from borelli.batch.run import listed as listed
from borelli.batch.run import run_batch as run_batch
from borelli.batch.tally import Tally as Tally
