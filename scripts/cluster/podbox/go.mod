module podbox

go 1.24.0
