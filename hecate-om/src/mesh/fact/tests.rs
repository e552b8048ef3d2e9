//! Facts through a real station.

use std::sync::Arc;
use std::time::Duration;

use super::PublishError;
use crate::config::Profile;
use crate::mesh::nodes::{link, node, station};
use crate::mesh::{Authority, Identity, Mesh};
use crate::subscription::Delivery;

const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn facts_published_before_the_link_is_up_leave_in_order_whatever_their_timeouts() {
    let station = station().await;
    let listener = node(&station, "other", false, Vec::new()).await;
    let mut subscriber = listener.mesh.subscribe::<u32>("happened").unwrap();
    subscriber.subscribed().await;
    let identity = Identity::ephemeral(Profile::PqPure).unwrap();
    let (mesh, setter) = Mesh::pending(identity.node_id, Arc::new(Authority::none()));

    let (mut kept, mut given_up) = (Vec::new(), Vec::new());
    for number in 0..90_u32 {
        // Every third fact times out before there is a link; the others keep their order.
        let (timeout, handles) = match number % 3 {
            1 => (Duration::from_millis(10), &mut given_up),
            wait => (PATIENCE + Duration::from_secs(wait.into()), &mut kept),
        };
        let publishing = mesh.topic("happened").timeout(timeout).publish(&number);
        handles.push((number, publishing));
    }
    for (_, publishing) in given_up {
        let error = publishing.await.unwrap_err();
        assert!(
            matches!(
                error,
                PublishError::TimedOut(_) | PublishError::NotConnected(_)
            ),
            "{error}"
        );
    }
    let pool = link(&station, &identity, &setter).await;
    let mut expected = Vec::new();
    for (number, publishing) in kept {
        assert_eq!(publishing.await, Ok(()), "{number}");
        expected.push(number);
    }
    let mut heard = Vec::new();
    while heard.len() < expected.len() {
        match tokio::time::timeout(PATIENCE, subscriber.next()).await {
            Ok(Some((Delivery::Fact(number), _))) => heard.push(number),
            other => panic!("{other:?} after {heard:?}"),
        }
    }
    assert_eq!(heard, expected);
    pool.close().await;
    listener.close().await;
    station.close().await;
}
