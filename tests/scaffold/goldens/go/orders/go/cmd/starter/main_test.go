package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/orders/pkg/models"
)

func TestTheFlagsMakeAnOrder(t *testing.T) {
	order, detach, err := parse([]string{
		"-id", "7", "-customer", "bob", "-sku", "pen", "-quantity", "3", "-price", "350", "-address", "2 Side Street", "-detach",
	})

	require.NoError(t, err)
	require.True(t, detach)
	require.Equal(t, models.OrderRequest{
		OrderID: "7", CustomerID: "bob", Address: "2 Side Street",
		Items: []models.Item{{SKU: "pen", Quantity: 3, PriceCents: 350}},
	}, order)
}

func TestOrdersWithoutAnIDAreDifferentOrders(t *testing.T) {
	first, _, err := parse(nil)
	require.NoError(t, err)
	second, _, err := parse(nil)
	require.NoError(t, err)
	require.NotEqual(t, first.OrderID, second.OrderID)
}
