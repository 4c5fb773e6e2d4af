package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// What the Web UI asks before it shows anything; the server answers it to who may read every namespace.
const (
	namespacesPath = "/api/v1/namespaces"
	clusterPath    = "/api/v1/cluster-info"
	systemPath     = "/api/v1/system-info"
	callbackPath   = "/auth/sso/callback"
)

const everyNamespace = "temporal-system"

// newDoor passes everything on to the Web UI. Where that refuses a user the list of all namespaces or what it
// says of the cluster, the answer is made of what the same user, with the same token, may ask. Who has just logged
// in and wants no certain page gets that of a namespace of theirs: the Web UI would open the default one.
// `home` is what the paths of the Web UI's own pages begin with, empty or as in `/temporal`.
func newDoor(ui *url.URL, home string, transport http.RoundTripper) http.Handler {
	asking := asker{transport}
	return &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(ui)
			r.Out.Host = r.In.Host // the Web UI compares it with where it sends people back to
		},
		ModifyResponse: func(response *http.Response) error {
			if response.StatusCode == http.StatusSeeOther && response.Request.URL.Path == callbackPath {
				toOwnNamespace(response, home)
				return nil
			}
			if response.StatusCode != http.StatusForbidden || response.Request.Method != http.MethodGet {
				return nil
			}
			switch strings.TrimSuffix(strings.TrimPrefix(response.Request.URL.Path, home), "/") {
			case namespacesPath:
				return replace(response, map[string]any{"namespaces": asking.ownNamespaces(response.Request)})
			case clusterPath:
				return replace(response, asking.clusterInfo(response.Request))
			}
			return nil
		},
	}
}

// asker asks the Web UI what a user may ask, as that user.
type asker struct{ transport http.RoundTripper }

// toOwnNamespace has somebody who has logged in, and comes from no page, begin in a namespace of theirs.
func toOwnNamespace(response *http.Response, home string) {
	// As it stands there: it may be a path, and the browser knows the Web UI by another address.
	page, err := url.Parse(response.Header.Get("Location"))
	if err != nil || strings.Trim(strings.TrimPrefix(page.Path, home), "/") != "" {
		return
	}
	cookies := ""
	for _, cookie := range response.Cookies() {
		if strings.HasPrefix(cookie.Name, "user") {
			cookies += cookie.Value // the Web UI cuts a long one into pieces
		}
	}
	var user struct{ AccessToken string }
	decoded, err := base64.StdEncoding.DecodeString(cookies)
	if err != nil || json.Unmarshal(decoded, &user) != nil {
		return
	}
	names := namedBy(user.AccessToken)
	if len(names) > 0 && !slices.Contains(names, everyNamespace) {
		page.Path = home + "/namespaces/" + names[0] + "/workflows"
		response.Header.Set("Location", page.String())
	}
}

// ownNamespaces asks for each namespace that the token names; the server decides whether it may be read.
func (a asker) ownNamespaces(request *http.Request) []json.RawMessage {
	found := []json.RawMessage{}
	for _, name := range namedBy(request.Header.Get("Authorization")) {
		// The HTTP API decodes the name once more, after the path.
		if answer := a.ask(request, namespacesPath+"/"+url.PathEscape(name)); answer != nil {
			found = append(found, answer)
		}
	}
	return found
}

// clusterInfo returns the version of the server, which everybody may ask for.
func (a asker) clusterInfo(request *http.Request) map[string]any {
	var system struct {
		ServerVersion string `json:"serverVersion"`
	}
	if answer := a.ask(request, systemPath); answer != nil {
		_ = json.Unmarshal(answer, &system) // without it the Web UI takes the server for an old one
	}
	return map[string]any{"serverVersion": system.ServerVersion, "supportedClients": map[string]string{}}
}

// ask returns what the Web UI answers to the user of `request` with 200, else nil.
func (a asker) ask(request *http.Request, path string) json.RawMessage {
	target := *request.URL
	target.Path, target.RawPath, target.RawQuery = path, "", ""
	question, err := http.NewRequestWithContext(request.Context(), http.MethodGet, target.String(), nil)
	if err != nil {
		return nil
	}
	question.Header = request.Header.Clone()
	question.Header.Del("Accept-Encoding")
	response, err := a.transport.RoundTrip(question)
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return nil
	}
	return body
}

// namedBy returns the namespaces in the permissions of a token. It is not verified here: the server does that.
func namedBy(authorization string) []string {
	parts := strings.Split(authorization, ".")
	if len(parts) != 3 {
		return nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil
	}
	var claims struct {
		Permissions []string `json:"permissions"`
	}
	if json.Unmarshal(payload, &claims) != nil {
		return nil
	}
	var names []string
	for _, permission := range claims.Permissions {
		name, _, _ := strings.Cut(permission, ":")
		if len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
	}
	return names
}

func replace(response *http.Response, answer any) error {
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	response.Body.Close()
	response.StatusCode, response.Status = http.StatusOK, "200 OK"
	response.Body = io.NopCloser(bytes.NewReader(body))
	response.ContentLength = int64(len(body))
	response.Header.Set("Content-Length", strconv.Itoa(len(body)))
	response.Header.Set("Content-Type", "application/json")
	response.Header.Del("Content-Encoding")
	return nil
}
