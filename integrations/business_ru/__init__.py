"""Cash registers of Business.ru Online Checks, by its Open API."""
