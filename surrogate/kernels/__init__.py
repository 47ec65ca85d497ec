"""Fused or compiled paths of operators and layers, each held equal to plain operations by a test."""
