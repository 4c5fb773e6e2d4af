package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"
)

// newServer returns the address of a server whose Temporal answers with err.
func newServer(t *testing.T, err error) string {
	temporal := mocks.NewClient(t)
	temporal.On("CheckHealth", mock.Anything, mock.Anything).Return(&client.CheckHealthResponse{}, err).Maybe()
	server := httptest.NewServer(health(temporal))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func TestAServerThatReachesTemporalIsReady(t *testing.T) {
	require.NoError(t, ask(t.Context(), newServer(t, nil)))
}

func TestAServerWithoutTemporalIsHealthyButNotReady(t *testing.T) {
	address := newServer(t, errors.New("connection refused"))

	require.ErrorContains(t, ask(t.Context(), address), "503")
	answer, err := http.Get("http://" + address + "/healthz")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode)
}

func TestAServerThatListensEverywhereIsAskedHere(t *testing.T) {
	_, port, found := strings.Cut(newServer(t, nil), ":")
	require.True(t, found)

	for _, address := range []string{":" + port, "0.0.0.0:" + port} {
		require.NoError(t, ask(t.Context(), address))
	}
}
