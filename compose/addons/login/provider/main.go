// The light OpenID Connect provider of the add-on `login`, and the door to the Web UI.
//
// The protocol is that of github.com/zitadel/oidc; here are the users, the page on which they log in, and for
// the door what a user of one namespace lacks. Nothing is kept: who was about to log in begins anew.
package main

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"log"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"
)

// Secrets is what devenv hands over in the environment, and in no file that containers read.
type Secrets struct {
	Key       *rsa.PrivateKey
	Client    string            // the Web UI's secret
	Passwords map[string]string // by user
}

func readSecrets() Secrets {
	secrets := Secrets{Client: os.Getenv("LOGIN_CLIENT")}
	der := must(base64.StdEncoding.DecodeString(os.Getenv("LOGIN_KEY"))) // PKCS #8
	secrets.Key = must(x509.ParsePKCS8PrivateKey(der)).(*rsa.PrivateKey)
	check(json.Unmarshal([]byte(os.Getenv("LOGIN_PASSWORDS")), &secrets.Passwords))
	return secrets
}

// Settings is the file that devenv generates.
type Settings struct {
	Issuer      string              `json:"issuer"`   // as browsers reach the provider
	Internal    string              `json:"internal"` // as containers reach it
	Callback    string              `json:"callback"`
	Client      string              `json:"client"`
	KeyID       string              `json:"key_id"`
	Audience    []string            `json:"audience"`
	Lifetime    int                 `json:"lifetime_seconds"`
	Permissions map[string][]string `json:"permissions"` // by user
}

func main() {
	log.SetFlags(0)
	if len(os.Args) > 1 && os.Args[1] == "check" {
		response := must(http.Get("http://127.0.0.1:8080/ready"))
		if response.StatusCode != http.StatusOK {
			os.Exit(1)
		}
		return
	}
	if ui := os.Getenv("LOGIN_UI"); ui != "" {
		go serve(":8081", newDoor(must(url.Parse(ui))))
	}
	var settings Settings
	check(json.Unmarshal(must(os.ReadFile(os.Getenv("LOGIN_SETTINGS"))), &settings))
	serve(":8080", newProvider(settings, readSecrets()))
}

func newProvider(settings Settings, secrets Secrets) http.Handler {
	storage := newStorage(settings, secrets)
	config := &op.Config{CryptoKey: storage.cryptoKey, CodeMethodS256: true, AuthMethodPost: true}
	// Browsers come by the issuer; the Web UI, a container, cannot reach that.
	within := func(path string) *op.Endpoint { return op.NewEndpointWithURL(path, settings.Internal+"/"+path) }
	provider := must(op.NewProvider(config, storage, op.StaticIssuer(settings.Issuer),
		op.WithAllowInsecure(),
		op.WithCustomTokenEndpoint(within("oauth/token")),
		op.WithCustomUserinfoEndpoint(within("userinfo")),
		op.WithCustomKeysEndpoint(within("keys")),
	))
	mux := http.NewServeMux()
	mux.Handle("/", provider)
	mux.Handle(loginPath, newLoginPage(storage, op.AuthCallbackURL(provider), op.NewIssuerInterceptor(provider.IssuerFromRequest)))
	// By it devenv sees how far this clock is from its own.
	mux.HandleFunc("GET /clock", func(w http.ResponseWriter, _ *http.Request) {
		check(json.NewEncoder(w).Encode(time.Now().Unix()))
	})
	return mux
}

func serve(address string, handler http.Handler) {
	server := &http.Server{Addr: address, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
