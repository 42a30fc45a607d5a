"""`borelli benchmark`: one table of measured figures beside their targets, one file per group of rows."""
