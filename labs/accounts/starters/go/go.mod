module accounts

go 1.21
