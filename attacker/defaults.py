"""What a run is unless its user says otherwise; by itself, for commands that are to begin at once."""

SHADOWS = 8
ATTACKS = "shokri,calibrated,loss_threshold,gap"
