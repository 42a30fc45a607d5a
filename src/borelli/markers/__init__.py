"""Inverse kinematics of measured 3D points: skin markers, joint centres, triangulated keypoints."""
