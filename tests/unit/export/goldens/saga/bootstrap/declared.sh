# What is declared, as `devenv export kubernetes` found it in the project's seeds: bootstrap.sh reads it.
namespace default --retention 3d --description 'The namespace of clients that name none'
namespace orders --retention 30d --description 'Order processing workflows'
