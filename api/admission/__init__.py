"""How much the API takes on: bounds, quotas, rates and shares."""
