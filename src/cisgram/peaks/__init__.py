"""Peaks: called by a threshold, by counts or by MACS3, and compared with other peaks."""
