package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
)

// asFailure makes the type of the step's error that of the workflow's, so that clients need not dig for it.
func asFailure(err error) error {
	var failure *temporal.ApplicationError
	if temporal.IsCanceledError(err) || !errors.As(err, &failure) {
		return err
	}
	return temporal.NewNonRetryableApplicationError(failure.Message(), failure.Type(), err)
}

func isOfType(err error, kind string) bool {
	var failure *temporal.ApplicationError
	return errors.As(err, &failure) && failure.Type() == kind
}
