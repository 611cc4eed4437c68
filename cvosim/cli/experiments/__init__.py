"""What the commands on experiments share."""
