"""As many customers as an answer needs: sequential stopping and control variates."""
