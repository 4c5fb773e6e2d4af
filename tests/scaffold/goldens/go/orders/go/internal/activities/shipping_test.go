package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"example.com/orders/internal/activities"
	"example.com/orders/internal/fake"
	"example.com/orders/pkg/models"
)

func newShipping(t *testing.T) (*testsuite.TestActivityEnvironment, fake.Journal, *activities.Shipping) {
	env, journal := newEnvironment(t)
	shipping := &activities.Shipping{Carrier: fake.Carrier{Journal: journal}}
	env.RegisterActivity(shipping)
	return env, journal, shipping
}

func TestShipOrderAndCancelShipmentHappenOnce(t *testing.T) {
	env, journal, shipping := newShipping(t)
	shipment := models.FulfillRequest{OrderID: "7", Address: "1 Main Street"}

	for _, step := range []any{
		shipping.ShipOrder, shipping.ShipOrder, shipping.CancelShipment, shipping.CancelShipment,
	} {
		_, err := env.ExecuteActivity(step, shipment)
		require.NoError(t, err)
	}

	require.Equal(t, []string{"ship fulfill-7/shipment", "cancel-shipment fulfill-7/shipment"}, calls(t, journal))
}

func TestShipOrderFailsForGoodWhereNobodyDelivers(t *testing.T) {
	env, journal, shipping := newShipping(t)

	_, err := env.ExecuteActivity(shipping.ShipOrder, models.FulfillRequest{OrderID: "7", Address: "nowhere"})

	requireFinal(t, err, activities.Undeliverable)
	require.Empty(t, calls(t, journal))
}
