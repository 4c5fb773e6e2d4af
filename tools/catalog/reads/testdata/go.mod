module go.temporal.io/server

go 1.21

require go.uber.org/fx v0.0.0

replace go.uber.org/fx => ./fx
