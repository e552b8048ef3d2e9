//! Sharing and fetching of contents.

use serde::Serialize;

use crate::mesh::{Content, ContentError, Fetch, Mesh, Shared};

/// Contents.
impl Mesh {
    /// Shares bytes (`Vec<u8>`, `&[u8]`, `String`, `&str`), up to about 3.5 GiB. Waits up to 15 s
    /// until a station has accepted the announcement.
    ///
    /// The same bytes have the same id on every node, and are stored once. During
    /// [`Service::start`] there is no link yet, so share the first contents of a service in a
    /// spawned task.
    ///
    /// A fetch accepts at most 256 MiB by default.
    ///
    /// ```
    /// use hecate_om::{Mesh, Refusal, capability, content::Content};
    ///
    /// /// State of the service, which lives until the service ends.
    /// #[derive(Default)]
    /// struct Atlas(tokio::sync::OnceCell<hecate_om::content::Shared>);
    ///
    /// /// Returns the atlas, which has 80 MB.
    /// #[capability("atlas.get", version = 1)]
    /// async fn get(atlas: &Atlas, mesh: &Mesh) -> Result<Content, Refusal> {
    ///     let shared = atlas.0.get_or_try_init(|| mesh.share("the atlas")).await?;
    ///     Ok(shared.content())
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`ContentError::TooLarge`] if the bytes exceed the limit. Returns
    /// [`ContentError::NotConnected`] or [`ContentError::NotAnnounced`] if no station accepted the
    /// announcement in time; the content is then not shared.
    ///
    /// [`Service::start`]: crate::Service::start
    pub async fn share(&self, bytes: impl Into<Vec<u8>>) -> Result<Shared, ContentError> {
        self.contents.share(bytes.into()).await
    }

    /// Shares a value in its wire encoding: deterministic CBOR (RFC 8949, section 4.2.1), with
    /// booleans as 0 and 1, and enums as serde serializes them. The limits are 131,072 items and 64
    /// levels.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Mesh::share`], and [`ContentError::Unencodable`].
    pub async fn share_value<T: Serialize>(&self, value: &T) -> Result<Shared<T>, ContentError> {
        self.contents.share_value(value).await
    }
}

impl<T: ?Sized> Content<T> {
    /// Fetches the content from a node that shares it. The default limits are 60 s and 256 MiB.
    ///
    /// Each block is verified by the id, and memory is allocated only for received blocks. If a
    /// node fails halfway, the rest is fetched from another node. Content that this node shares
    /// itself is copied locally.
    ///
    /// Fetching a `Content` returns a `Vec<u8>`. Fetching a `Content<T>` returns a `T` that was
    /// shared by [`Mesh::share_value`].
    ///
    /// ```no_run
    /// # async fn example(mesh: &hecate_om::Mesh, atlas: hecate_om::content::Content) -> Result<(), hecate_om::content::ContentError> {
    /// let bytes: Vec<u8> = atlas
    ///     .fetch(mesh)
    ///     .max_bytes(100 << 20)
    ///     .progress(|done, total| println!("{done} of {total} bytes"))
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn fetch<'a>(&self, mesh: &'a Mesh) -> Fetch<'a, T> {
        Fetch::new(&mesh.contents, *self)
    }
}
