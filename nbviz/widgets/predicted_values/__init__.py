"""Predicted against true values of a regression."""
