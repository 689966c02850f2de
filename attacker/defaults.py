"""What a run is where its user says nothing. It imports nothing, so that help is quick."""

SHADOWS = 8
ATTACKS = "shokri,calibrated,loss_threshold,gap"
ATTACKS_ELSEWHERE = f"rmia,{ATTACKS}"  # on a model deployed elsewhere
AUDIT = "runs/audit"  # run folders
PLAY = "runs/play"
