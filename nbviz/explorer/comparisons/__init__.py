"""Samples beside samples, and models beside models."""
