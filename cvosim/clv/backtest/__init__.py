"""Would the models have known? Forecasts against what came."""
