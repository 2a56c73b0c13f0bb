"""Who reads: accounts, roles, units, delegations and sessions, kept in the desk database and untouched by a rebuild."""
