module chat

go 1.21
