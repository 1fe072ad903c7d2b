"""Models of any number of parameters: training in the full space, planes, landscapes, and what a network predicts."""
