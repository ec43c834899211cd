//! The sandbox's form as the lines it stands for.
//!
//! Refuses to know which values are possible: the engine says so, word by word.

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    pub brokers: u64,
    pub controllers: u64,
    pub seed: u64,
    pub partitions: u64,
    pub replicas: u64,
    pub min_isr: u64,
    pub rate: u64,
    pub acks: String,
}

impl Default for Recipe {
    fn default() -> Recipe {
        Recipe {
            brokers: 3,
            controllers: 3,
            seed: 7,
            partitions: 1,
            replicas: 3,
            min_isr: 2,
            rate: 20,
            acks: "all".to_owned(),
        }
    }
}

impl Recipe {
    /// The line that opens the cluster.
    pub fn boot(&self) -> String {
        let Recipe { brokers, controllers, seed, .. } = self;
        let size = format!("brokers={brokers} controllers={controllers}");
        format!("cluster kafka profile=kraft-4.1 {size} seed={seed}")
    }

    /// The lines that follow it.
    pub fn commands(&self) -> [String; 3] {
        let Recipe { partitions, replicas, min_isr, rate, acks, .. } = self;
        let copies = format!("replicas={replicas} min.insync.replicas={min_isr}");
        [
            format!("topic orders partitions={partitions} {copies}"),
            format!("producer p1 topic=orders acks={acks} rate={rate}"),
            "settle".to_owned(),
        ]
    }

    pub fn lines(&self) -> Vec<String> {
        std::iter::once(self.boot()).chain(self.commands()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_recipe_is_the_ordinary_cluster() {
        assert_eq!(
            Recipe::default().lines(),
            [
                "cluster kafka profile=kraft-4.1 brokers=3 controllers=3 seed=7",
                "topic orders partitions=1 replicas=3 min.insync.replicas=2",
                "producer p1 topic=orders acks=all rate=20",
                "settle",
            ]
        );
    }
}
