"""The importance table as a grid."""
