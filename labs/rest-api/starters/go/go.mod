module rest-api

go 1.21
