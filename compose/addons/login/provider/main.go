// The light OpenID Connect provider of the add-on `login`, and the door to the Web UI.
//
// The protocol is that of github.com/zitadel/oidc; here are the users, the page on which they log in, and for
// the door what a user of one namespace lacks. Nothing is kept: who was about to log in begins anew.
package main

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
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

// certificates is where those of the add-on `tls` are; empty without it.
var certificates = os.Getenv("LOGIN_TLS")

// isElsewhere says that another program is the provider: this one is the door alone.
var isElsewhere = os.Getenv("LOGIN_PROVIDER") == "elsewhere"

func main() {
	log.SetFlags(0)
	switch strings.Join(os.Args[1:], " ") {
	case "check":
		if isElsewhere {
			must(client().Get(scheme() + "://127.0.0.1:8081/healthz"))
			return
		}
		response := must(client().Get(scheme() + "://127.0.0.1:8080/ready"))
		if response.StatusCode != http.StatusOK {
			log.Fatal(response.Status)
		}
	case "clock": // by it devenv sees how far this clock is from its own
		fmt.Println(time.Now().Unix())
	default:
		door := newDoor(must(url.Parse(os.Getenv("LOGIN_UI"))), os.Getenv("LOGIN_UI_PATH"), client().Transport)
		if isElsewhere {
			serve(":8081", door)
		}
		go serve(":8081", door)
		var settings Settings
		check(json.Unmarshal(must(os.ReadFile(os.Getenv("LOGIN_SETTINGS"))), &settings))
		serve(":8080", newProvider(settings, readSecrets()))
	}
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
	return mux
}

func serve(address string, handler http.Handler) {
	server := &http.Server{Addr: address, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	if certificates == "" {
		log.Fatal(server.ListenAndServe())
	}
	log.Fatal(server.ListenAndServeTLS(certificates+"/login.pem", certificates+"/login.key"))
}

func scheme() string {
	if certificates == "" {
		return "http"
	}
	return "https"
}

// client asks the other services of the stack; with TLS it trusts the authority that signed theirs.
func client() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if certificates != "" {
		authority := x509.NewCertPool()
		authority.AppendCertsFromPEM(must(os.ReadFile(certificates + "/ca.pem")))
		transport.TLSClientConfig = &tls.Config{RootCAs: authority}
	}
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
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
