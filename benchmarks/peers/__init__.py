"""Films of figure 6 as users of other tools write them; their lines are a column of the table."""
