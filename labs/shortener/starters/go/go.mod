module shortener

go 1.21
