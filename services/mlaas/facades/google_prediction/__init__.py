"""Google's Prediction API, v1.6, as it was until 2018: insert, get, list, predict, delete."""
