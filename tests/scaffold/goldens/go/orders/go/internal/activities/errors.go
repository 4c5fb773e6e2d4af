package activities

import (
	"errors"

	"go.temporal.io/sdk/temporal"
)

// Types of the application errors with which the activities, and after them the workflows, fail for good.
const (
	InvalidOrder    = "InvalidOrder"
	PaymentDeclined = "PaymentDeclined"
	OutOfStock      = "OutOfStock"
	Undeliverable   = "Undeliverable"
	AlreadyUndone   = "AlreadyUndone"
)

// final returns an error of the given type that is not retried. The message says it all: causes would only repeat it.
func final(kind string, err error) error {
	return temporal.NewNonRetryableApplicationError(err.Error(), kind, nil)
}

// translate gives an answer that no retry would change its type; every other error stays, and is retried.
func translate(err error) error {
	switch {
	case errors.Is(err, ErrDeclined):
		return final(PaymentDeclined, err)
	case errors.Is(err, ErrOutOfStock):
		return final(OutOfStock, err)
	case errors.Is(err, ErrUndeliverable):
		return final(Undeliverable, err)
	case errors.Is(err, ErrUndone):
		return final(AlreadyUndone, err)
	default:
		return err
	}
}
