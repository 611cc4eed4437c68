"""What is done with scenarios: run one, compare several, calibrate one to data."""
