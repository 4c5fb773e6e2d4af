package main

import (
	"context"
	_ "embed"
	"html/template"
	"log"
	"net/http"

	"github.com/zitadel/oidc/v3/pkg/op"
)

const loginPath = "/login"

//go:embed login.html
var loginHTML string

var loginTemplate = template.Must(template.New("login").Parse(loginHTML))

// newLoginPage asks for a name and a password; who has them goes on to `callback`.
func newLoginPage(storage *storage, callback func(context.Context, string) string, issuer *op.IssuerInterceptor) http.Handler {
	show := func(w http.ResponseWriter, id, user, problem string, status int) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		if err := loginTemplate.Execute(w, map[string]string{"ID": id, "User": user, "Problem": problem}); err != nil {
			log.Printf("the browser left: %v", err)
		}
	}
	return issuer.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, user := r.FormValue("id"), r.FormValue("user")
		if r.Method != http.MethodPost {
			show(w, id, "", "", http.StatusOK)
			return
		}
		entered, isRight := storage.enter(id, user, r.PostFormValue("password"))
		if !isRight {
			log.Printf("refused a login as %q", user)
			show(w, id, user, "The name or the password is wrong, or the page was open for too long.", http.StatusUnauthorized)
			return
		}
		log.Printf("%s has logged in", user)
		http.Redirect(w, r, callback(r.Context(), entered), http.StatusFound)
	})
}
