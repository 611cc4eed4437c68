"""How fast the engines are, against each other and against what the machine could give at best."""
