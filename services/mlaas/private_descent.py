"""Differentially private gradient descent (Abadi et al. 2016), by Opacus."""
