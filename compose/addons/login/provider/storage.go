package main

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

const (
	patience = 10 * time.Minute // for who is about to log in
	mostOpen = 1000             // of these
)

// storage answers what the library asks: who the users are, and which logins are under way.
type storage struct {
	settings  Settings
	secrets   Secrets
	key       signingKey
	cryptoKey [32]byte // of the codes that browsers carry

	mutex  sync.Mutex
	logins map[string]*login
	codes  map[string]string // code to login
}

// login is one that is under way.
type login struct {
	*oidc.AuthRequest
	id       string
	audience []string
	subject  string
	at       time.Time
	began    time.Time
}

func newStorage(settings Settings, secrets Secrets) *storage {
	return &storage{
		settings:  settings,
		secrets:   secrets,
		key:       signingKey{settings.KeyID, secrets.Key},
		cryptoKey: sha256.Sum256([]byte(secrets.Client)),
		logins:    map[string]*login{},
		codes:     map[string]string{},
	}
}

// enter has the user take part in the login `id`, if the password is right, and returns what the login is called
// from then on: whoever began it, and had somebody else type the password, does not know that name.
func (s *storage) enter(id, user, password string) (string, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	wanted, isKnown := s.secrets.Passwords[user]
	_, isUser := s.settings.Permissions[user]
	isRight := subtle.ConstantTimeCompare([]byte(wanted), []byte(password)) == 1
	request := s.logins[id]
	if !isKnown || !isUser || !isRight || request == nil {
		return "", false
	}
	s.forget(id)
	request.id, request.subject, request.at = uuid.NewString(), user, time.Now()
	s.logins[request.id] = request
	return request.id, true
}

func (s *storage) CreateAuthRequest(_ context.Context, request *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for id, each := range s.logins {
		if time.Since(each.began) > patience {
			s.forget(id)
		}
	}
	if len(s.logins) >= mostOpen {
		return nil, errors.New("too many logins are under way")
	}
	created := &login{AuthRequest: request, id: uuid.NewString(), audience: s.settings.Audience, began: time.Now()}
	s.logins[created.id] = created
	return created, nil
}

func (s *storage) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if request, ok := s.logins[id]; ok {
		return request, nil
	}
	return nil, errors.New("no such login is under way")
}

func (s *storage) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	s.mutex.Lock()
	id := s.codes[code]
	s.mutex.Unlock()
	return s.AuthRequestByID(ctx, id)
}

func (s *storage) SaveAuthCode(_ context.Context, id, code string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.codes[code] = id
	return nil
}

func (s *storage) DeleteAuthRequest(_ context.Context, id string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.forget(id)
	return nil
}

func (s *storage) forget(id string) {
	delete(s.logins, id)
	for code, each := range s.codes {
		if each == id {
			delete(s.codes, code)
		}
	}
}

func (s *storage) CreateAccessToken(context.Context, op.TokenRequest) (string, time.Time, error) {
	return uuid.NewString(), time.Now().Add(s.lifetime()), nil
}

func (s *storage) lifetime() time.Duration { return time.Duration(s.settings.Lifetime) * time.Second }

// GetPrivateClaimsFromScopes returns what the server's claim mapper reads of an access token.
func (s *storage) GetPrivateClaimsFromScopes(_ context.Context, user, _ string, _ []string) (map[string]any, error) {
	return map[string]any{"permissions": s.settings.Permissions[user]}, nil
}

func (s *storage) SetUserinfoFromScopes(_ context.Context, info *oidc.UserInfo, user, _ string, _ []string) error {
	info.Subject, info.Name, info.PreferredUsername = user, user, user
	return nil
}

func (s *storage) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, _, user, _ string) error {
	return s.SetUserinfoFromScopes(ctx, info, user, "", nil)
}

func (s *storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id != s.settings.Client {
		return nil, errors.New("no such client")
	}
	return &webUI{s.settings, s.lifetime()}, nil
}

func (s *storage) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	if id != s.settings.Client || subtle.ConstantTimeCompare([]byte(secret), []byte(s.secrets.Client)) != 1 {
		return errors.New("not this client's secret")
	}
	return nil
}

func (s *storage) SigningKey(context.Context) (op.SigningKey, error) { return s.key, nil }

func (s *storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.RS256}, nil
}

func (s *storage) KeySet(context.Context) ([]op.Key, error) { return []op.Key{publicKey{s.key}}, nil }

func (s *storage) Health(context.Context) error { return nil }

// The Web UI asks for none of the following.

var errNotOffered = oidc.ErrUnsupportedGrantType()

func (s *storage) CreateAccessAndRefreshTokens(context.Context, op.TokenRequest, string) (string, string, time.Time, error) {
	return "", "", time.Time{}, errNotOffered
}

func (s *storage) TokenRequestByRefreshToken(context.Context, string) (op.RefreshTokenRequest, error) {
	return nil, errNotOffered
}

func (s *storage) GetRefreshTokenInfo(context.Context, string, string) (string, string, error) {
	return "", "", op.ErrInvalidRefreshToken
}

func (s *storage) TerminateSession(context.Context, string, string) error { return nil }

func (s *storage) RevokeToken(context.Context, string, string, string) *oidc.Error {
	return errNotOffered
}

func (s *storage) SetIntrospectionFromToken(context.Context, *oidc.IntrospectionResponse, string, string, string) error {
	return errNotOffered
}

func (s *storage) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, errNotOffered
}

func (s *storage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, errNotOffered
}

func (l *login) GetID() string                         { return l.id }
func (l *login) GetACR() string                        { return "" }
func (l *login) GetAMR() []string                      { return []string{"pwd"} }
func (l *login) GetAudience() []string                 { return l.audience }
func (l *login) GetAuthTime() time.Time                { return l.at }
func (l *login) GetClientID() string                   { return l.ClientID }
func (l *login) GetCodeChallenge() *oidc.CodeChallenge { return challenge(l.AuthRequest) }
func (l *login) GetNonce() string                      { return l.Nonce }
func (l *login) GetScopes() []string                   { return l.Scopes }
func (l *login) GetSubject() string                    { return l.subject }
func (l *login) Done() bool                            { return l.subject != "" }

func challenge(request *oidc.AuthRequest) *oidc.CodeChallenge {
	if request.CodeChallenge == "" {
		return nil
	}
	return &oidc.CodeChallenge{Challenge: request.CodeChallenge, Method: request.CodeChallengeMethod}
}

// webUI is the only client.
type webUI struct {
	settings Settings
	lifetime time.Duration
}

func (c *webUI) GetID() string                       { return c.settings.Client }
func (c *webUI) RedirectURIs() []string              { return []string{c.settings.Callback} }
func (c *webUI) PostLogoutRedirectURIs() []string    { return nil }
func (c *webUI) ApplicationType() op.ApplicationType { return op.ApplicationTypeWeb }
func (c *webUI) AuthMethod() oidc.AuthMethod         { return oidc.AuthMethodBasic }
func (c *webUI) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}
func (c *webUI) GrantTypes() []oidc.GrantType        { return []oidc.GrantType{oidc.GrantTypeCode} }
func (c *webUI) LoginURL(id string) string           { return loginPath + "?id=" + id }
func (c *webUI) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }
func (c *webUI) IDTokenLifetime() time.Duration      { return c.lifetime }
func (c *webUI) DevMode() bool                       { return true } // the callback is http
func (c *webUI) IsScopeAllowed(string) bool          { return false }

// The Web UI shows the name that is in the ID token, and asks nobody else for it.
func (c *webUI) IDTokenUserinfoClaimsAssertion() bool { return true }

// The clock is that of the server: containers share it.
func (c *webUI) ClockSkew() time.Duration { return 0 }

func (c *webUI) RestrictAdditionalIdTokenScopes() func([]string) []string     { return same }
func (c *webUI) RestrictAdditionalAccessTokenScopes() func([]string) []string { return same }

func same(scopes []string) []string { return scopes }

type signingKey struct {
	id  string
	key *rsa.PrivateKey
}

func (k signingKey) ID() string                                  { return k.id }
func (k signingKey) Key() any                                    { return k.key }
func (k signingKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }

type publicKey struct{ signingKey }

func (k publicKey) Key() any                           { return &k.key.PublicKey }
func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k publicKey) Use() string                        { return "sig" }
