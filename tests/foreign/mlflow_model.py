"""The same forest as MLflow saves it: `mlflow_model.py FOLDER`."""

import sys
from pathlib import Path

import joblib
import mlflow.sklearn

folder = Path(sys.argv[1])
forest = joblib.load(folder / "models" / "model.joblib")
mlflow.sklearn.save_model(
    forest, folder / "mlflow", pyfunc_predict_fn="predict_proba", serialization_format="cloudpickle"
)
