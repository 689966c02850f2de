"""One file a figure: `measure(rounds, folder)` takes turns with whom it is compared to, and gives figures."""

NAMES = (
    "audit",
    "training",
    "batch_predictions",
    "open_inference",
    "single_predictions",
    "open_inference",
    "accounting",
    "synthesis",
    "stored_answers",
    "growth",
    "start_up",
)
