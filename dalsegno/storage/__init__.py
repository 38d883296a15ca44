"""Object stores: adapters of `dalsegno.ports.ObjectStore`."""
