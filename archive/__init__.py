"""The strongroom: keeps, proves, lends and destroys records. Imports only `schemas`."""
