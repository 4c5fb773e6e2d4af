package worker

// fulfillmentQueue is where the Python half works on FulfillOrder.
const fulfillmentQueue = "orders-python"
