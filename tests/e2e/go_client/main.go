// Command go_client asks the Temporal that envconfig finds how many workflows it has.
package main

import (
	"context"
	"fmt"
	"log"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
)

func main() {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		log.Fatal(err)
	}
	temporal, err := client.Dial(options)
	if err != nil {
		log.Fatal(err)
	}
	defer temporal.Close()
	answer, err := temporal.CountWorkflow(context.Background(), &workflowservice.CountWorkflowExecutionsRequest{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(options.HostPort, options.Namespace, answer.GetCount())
}
