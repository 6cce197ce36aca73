/**
 * Where functions have their credentials from: Lambda puts them into the environment ("Using Lambda environment variables" in
 * AWS's Lambda guide). In the bundles this stands in for `@aws-sdk/credential-provider-node`, which would look into files and
 * ask other services next, with clients of theirs that are a fifth of a bundle.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
