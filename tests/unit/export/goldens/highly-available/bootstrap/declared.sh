# What is declared, as `devenv export kubernetes` found it in the project's seeds: bootstrap.sh reads it.
namespace default --retention 3d --description 'The namespace of clients that name none'
namespace pnats --retention 90d --description 'Production workflows'
namespace pnats-staging --retention 60d --description 'Staging environment'
namespace pnats-dev --retention 30d --description 'Development environment'
