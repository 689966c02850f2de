"""What a run is where its user says nothing. It imports nothing, so that help is quick."""

SHADOWS = 8
ATTACKS = "shokri,calibrated,loss_threshold,gap"
AUDIT = "runs/audit"  # run folders
PLAY = "runs/play"
