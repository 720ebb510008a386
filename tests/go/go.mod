// Marks the folder only. What is built against is in the other .mod files; see README.md.
module elector.test/go

go 1.24.0
